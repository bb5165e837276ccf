/** Thrown by a fault of HTTP: the connection is closed, and there is no answer. */
export class Cut extends Error {
  override readonly name = 'Cut';

  constructor() {
    super('A fault closes the connection.');
  }
}
