export type Place = 'create' | 'edit';

/** Which of the two places is open; it is in the address, so that going back works. */
class Where {
  now: Place = $state(read());

  constructor() {
    addEventListener('hashchange', () => (this.now = read()));
  }

  go(place: Place) {
    if (this.now !== place) location.hash = place;
  }
}

function read(): Place {
  return location.hash === '#edit' ? 'edit' : 'create';
}

export const where = new Where();
