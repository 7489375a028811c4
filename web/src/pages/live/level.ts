const FLOOR_DB = -60;

/** Tells how loud a stream is, 0 to 1, once a frame. Returns a function that ends it. */
export function followLevel(stream: MediaStream, onlevel: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let frame = 0;
  const measure = () => {
    analyser.getFloatTimeDomainData(samples);
    onlevel(levelOf(samples));
    frame = requestAnimationFrame(measure);
  };
  frame = requestAnimationFrame(measure);
  return () => {
    cancelAnimationFrame(frame);
    void context.close();
  };
}

/** Of silence 0, of full scale 1; in between by decibels, as the ear hears it. */
export function levelOf(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const decibels = power > 0 ? 10 * Math.log10(power) : FLOOR_DB;
  return Math.max(0, Math.min(1, 1 - decibels / FLOOR_DB));
}
