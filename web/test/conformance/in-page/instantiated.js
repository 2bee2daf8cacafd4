// Tells when the page's WebAssembly module has been made.

(() => {
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...args) => {
    const made = await instantiate.apply(WebAssembly, args);
    window.instantiated = true;
    return made;
  };
})();
