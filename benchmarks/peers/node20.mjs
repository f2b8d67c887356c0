// PostGraphile is written for Node.js 22; all that 20 lacks of what it uses is this.
Promise.withResolvers ??= function () {
  const made = {};
  made.promise = new this((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
};
