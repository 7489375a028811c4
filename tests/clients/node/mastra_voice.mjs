// Mastra's voice, which reads OPENAI_BASE_URL and OPENAI_API_KEY
import { createReadStream } from 'node:fs'
import { OpenAIVoice } from '@mastra/voice-openai'

const file = process.argv[4]
const voice = new OpenAIVoice({ listeningModel: { name: 'whisper-1' } })
const filetype = file.split('.').pop()
console.log(JSON.stringify({ text: await voice.listen(createReadStream(file), { filetype }) }))
