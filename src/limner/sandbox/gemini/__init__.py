"""The Gemini API's image models, emulated: generateContent and interactions."""
