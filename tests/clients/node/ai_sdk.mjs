// Vercel's AI SDK: node ai_sdk.mjs URL KEY FILE
import { readFile } from 'node:fs/promises'
import { createOpenAI } from '@ai-sdk/openai'
import { experimental_transcribe as transcribe } from 'ai'

const [url, key, file] = process.argv.slice(2)
const openai = createOpenAI({ baseURL: `${url}/v1`, apiKey: key })
const result = await transcribe({
  model: openai.transcription('whisper-1'),
  audio: await readFile(file),
  maxRetries: 0,
  providerOptions: { openai: { timestampGranularities: ['segment'] } }
})
console.log(
  JSON.stringify({
    text: result.text,
    segments: result.segments.length,
    language: result.language,
    seconds: result.durationInSeconds
  })
)
