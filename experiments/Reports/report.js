document.querySelectorAll("[data-slider]").forEach(function (section) {
  var data = JSON.parse(section.querySelector("script[type='application/json']").textContent);
  var input = section.querySelector("input[type='range']");
  var output = section.querySelector("output");
  var marked = {};
  section.querySelectorAll("[data-key]").forEach(function (node) {
    var key = node.getAttribute("data-key");
    (marked[key] = marked[key] || []).push(node);
  });
  function show() {
    var changes = data.changes[Number(input.value)];
    var step = "step " + data.steps[Number(input.value)];
    output.textContent = step;
    input.setAttribute("aria-valuetext", step);
    Object.keys(changes).forEach(function (key) {
      (marked[key] || []).forEach(function (node) {
        if (node.tagName === "path") node.setAttribute("d", changes[key]);
        else node.textContent = changes[key];
      });
    });
  }
  section.querySelector(".slider").hidden = false;
  input.addEventListener("input", show);
  show();
});
function openTarget() {
  var target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (target && target.tagName === "DETAILS") target.open = true;
}
addEventListener("hashchange", openTarget);
openTarget();
var closed = [];
addEventListener("beforeprint", function () {
  closed = Array.prototype.slice.call(document.querySelectorAll("details:not([open])"));
  closed.forEach(function (details) { details.open = true; });
});
addEventListener("afterprint", function () {
  closed.forEach(function (details) { details.open = false; });
});
