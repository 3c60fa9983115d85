document.querySelectorAll("[data-slider]").forEach(function (section) {
  var data = JSON.parse(section.querySelector("script[type='application/json']").textContent);
  var input = section.querySelector("input[type='range']");
  var output = section.querySelector("output");
  var marked = {};
  section.querySelectorAll("[data-key]").forEach(function (node) { marked[node.getAttribute("data-key")] = node; });
  section.querySelector(".slider").hidden = false;
  input.addEventListener("input", function () {
    var changes = data.changes[Number(input.value)];
    output.textContent = "step " + data.steps[Number(input.value)];
    Object.keys(changes).forEach(function (key) {
      var node = marked[key];
      if (node === undefined) return;
      if (node.tagName === "path") node.setAttribute("d", changes[key]);
      else node.textContent = changes[key];
    });
  });
});
