/** What a screen reader should say. */
class Announcements {
  polite = $state('');
  assertive = $state('');

  say(text: string) {
    this.polite = text;
  }

  warn(text: string) {
    this.assertive = text;
  }
}

export const announcements = new Announcements();
