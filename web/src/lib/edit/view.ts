/** How the picture lies on the stage: a point of the picture is shown at `point × scale + (x, y)`. */
export interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Extent {
  readonly width: number;
  readonly height: number;
}

const LARGEST = 16;
const SMALLEST = 0.02;

/** Room to leave around a picture for what floats over the stage. */
export function margin(stage: Extent): Extent {
  return stage.width < 600 ? { width: 20, height: 124 } : { width: 64, height: 150 };
}

/** The whole picture in the middle of the stage, never enlarged beyond four times. */
export function fit(picture: Extent, stage: Extent, margin: Extent): View {
  const width = Math.max(1, stage.width - margin.width);
  const height = Math.max(1, stage.height - margin.height);
  return centred(picture, stage, Math.min(4, width / picture.width, height / picture.height));
}

/** The picture in the middle of the stage at a scale. */
export function centred(picture: Extent, stage: Extent, scale: number): View {
  return {
    scale,
    x: (stage.width - picture.width * scale) / 2,
    y: (stage.height - picture.height * scale) / 2,
  };
}

/** Zooms so that the point under (x, y) of the stage stays there. */
export function zoom(view: View, factor: number, x: number, y: number): View {
  const scale = Math.min(LARGEST, Math.max(SMALLEST, view.scale * factor));
  const real = scale / view.scale;
  return { scale, x: x - (x - view.x) * real, y: y - (y - view.y) * real };
}

/** Moves the picture, of which some always stays on the stage. */
export function pan(view: View, dx: number, dy: number, picture: Extent, stage: Extent): View {
  const rest = 48;
  const within = (value: number, length: number, room: number) =>
    Math.min(room - rest, Math.max(rest - length * view.scale, value));
  return {
    scale: view.scale,
    x: within(view.x + dx, picture.width, stage.width),
    y: within(view.y + dy, picture.height, stage.height),
  };
}
