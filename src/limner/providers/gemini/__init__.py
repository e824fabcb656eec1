"""Google's Gemini API: pictures by generateContent, and by interactions."""
