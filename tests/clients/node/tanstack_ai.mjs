// TanStack AI: node tanstack_ai.mjs URL KEY FILE
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { generateTranscription } from '@tanstack/ai'
import { createOpenaiTranscription } from '@tanstack/ai-openai'

const [url, key, file] = process.argv.slice(2)
const adapter = createOpenaiTranscription('whisper-1', key, { baseURL: `${url}/v1` })
const result = await generateTranscription({
  adapter,
  audio: new File([await readFile(file)], basename(file)),
  responseFormat: 'verbose_json'
})
console.log(
  JSON.stringify({ text: result.text, segments: result.segments?.length, language: result.language })
)
