// OpenAI's SDK for Node.js: node openai_sdk.mjs URL KEY FILE
import { createReadStream } from 'node:fs'
import OpenAI from 'openai'

const [url, key, file] = process.argv.slice(2)
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })

const models = []
for await (const model of client.models.list()) models.push(model.id)

const whole = await client.audio.transcriptions.create({
  file: createReadStream(file),
  model: 'whisper-1',
  response_format: 'verbose_json',
  timestamp_granularities: ['word', 'segment']
})

let streamed = ''
const stream = await client.audio.transcriptions.create({
  file: createReadStream(file),
  model: 'gpt-4o-transcribe',
  stream: true
})
for await (const event of stream) {
  if (event.type === 'transcript.text.delta') streamed += event.delta
}

let refused
try {
  await client.audio.transcriptions.create({ file: createReadStream(file), model: 'gpt-9' })
} catch (error) {
  refused = { kind: error.constructor.name, code: error.code, param: error.param }
}
console.log(
  JSON.stringify({ models, text: whole.text, words: whole.words.length, streamed, refused })
)
