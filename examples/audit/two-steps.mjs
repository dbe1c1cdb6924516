// A statement with values in two steps, each of which waits for the server, as lib/pq sends it. node-postgres itself
// sends all of it in one flight. Both are what its client calls a submittable.

class Step {
  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.handleReadyForQuery = () => resolve();
      this.handleError = reject;
    });
  }
  handleRowDescription() {}
  handleDataRow() {}
  handleCommandComplete() {}
}

/** Parse, Describe, Sync. */
export class Prepare extends Step {
  constructor(text) {
    super();
    this.text = text;
  }
  submit(connection) {
    connection.parse({ text: this.text });
    connection.describe({ type: 'S' });
    connection.sync();
  }
}

/** Bind, Execute, Sync: of the statement that was prepared last. */
export class Execute extends Step {
  constructor(values) {
    super();
    this.values = values;
  }
  submit(connection) {
    connection.bind({ values: this.values });
    connection.execute({});
    connection.sync();
  }
}
