"""SpeechRecognition, which reads OPENAI_BASE_URL and OPENAI_API_KEY."""

import json
import sys

import speech_recognition

file = sys.argv[3]
recognizer = speech_recognition.Recognizer()
with speech_recognition.AudioFile(file) as source:
    audio = recognizer.record(source)
print(json.dumps({"text": recognizer.recognize_openai(audio, model="whisper-1")}))
