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
document.querySelectorAll(".wide").forEach(function (box) {
  var hint = document.createElement("p");
  hint.className = "scroll-hint";
  hint.textContent = "\u2194 wider than the screen: scroll sideways";
  box.parentNode.insertBefore(hint, box);
  function tell() { hint.hidden = box.scrollWidth <= box.clientWidth + 1; }
  addEventListener("resize", tell);
  document.addEventListener("toggle", tell, true);
  tell();
});
document.querySelectorAll(".picture").forEach(function (picture) {
  var lines = Array.prototype.map.call(picture.querySelectorAll("[data-read]"), function (line) {
    var values = {};
    line.getAttribute("data-read").split(",").forEach(function (pair) {
      values[pair.slice(0, pair.indexOf(" "))] = pair.slice(pair.indexOf(" ") + 1);
    });
    return { panel: line.dataset.panel, axis: line.dataset.axis, name: line.dataset.name, values: values, places: Object.keys(values).map(Number) };
  });
  if (lines.length === 0) return;
  var layouts = Array.prototype.map.call(picture.querySelectorAll("svg"), function (svg) {
    var mark = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    mark.setAttribute("class", "reading ink");
    mark.setAttribute("r", 4);
    mark.setAttribute("visibility", "hidden");
    svg.appendChild(mark);
    return {
      svg: svg, mark: mark, points: Array.prototype.map.call(svg.querySelectorAll("polyline[data-panel]"), function (line) {
        return line.getAttribute("points").split(" ").map(function (point) { return point.split(",").map(Number); });
      })
    };
  });
  var readout = document.createElement("p");
  var help = "Point at a line to read its values, or choose the picture with Tab and use the arrow keys.";
  readout.className = "readout";
  readout.setAttribute("aria-live", "polite");
  readout.textContent = help;
  picture.parentNode.insertBefore(readout, picture);
  picture.tabIndex = 0;
  picture.setAttribute("role", "group");
  picture.setAttribute("aria-label", "lines; arrow keys read their values");
  var line = 0, place = -1;
  function show() {
    var chosen = lines[line], at = chosen.places[place];
    var others = lines.filter(function (one) { return one !== chosen && one.panel === chosen.panel && one.name && at in one.values; });
    readout.textContent = chosen.axis + " " + at.toLocaleString("en-US") + ", " + chosen.panel + ": ";
    readout.appendChild(document.createElement("b")).textContent = chosen.name + " " + chosen.values[at];
    readout.append(others.slice(0, 6).map(function (one) { return "; " + one.name + " " + one.values[at]; }).join("")
      + (others.length > 6 ? "; and " + (others.length - 6) + " more" : ""));
    layouts.forEach(function (layout) {
      var point = layout.points[line][place];
      layout.mark.setAttribute("cx", point[0]);
      layout.mark.setAttribute("cy", point[1]);
      layout.mark.setAttribute("visibility", "visible");
    });
  }
  function hide() {
    readout.textContent = help;
    layouts.forEach(function (layout) { layout.mark.setAttribute("visibility", "hidden"); });
  }
  layouts.forEach(function (layout) {
    layout.svg.addEventListener("pointermove", function (event) {
      var box = layout.svg.getBoundingClientRect(), view = layout.svg.viewBox.baseVal;
      var x = (event.clientX - box.left) * view.width / box.width, y = (event.clientY - box.top) * view.height / box.height;
      var least = Infinity;
      layout.points.forEach(function (points, i) {
        points.forEach(function (point, k) {
          var distance = Math.pow(point[0] - x, 2) + Math.pow(point[1] - y, 2);
          if (distance < least) { least = distance; line = i; place = k; }
        });
      });
      show();
    });
    layout.svg.addEventListener("pointerleave", hide);
  });
  picture.addEventListener("blur", hide);
  picture.addEventListener("keydown", function (event) {
    var steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!steps) return;
    event.preventDefault();
    var at = place < 0 ? undefined : lines[line].places[place];
    line = (line + steps[0] + lines.length) % lines.length;
    var places = lines[line].places;
    place = steps[0] !== 0 && at !== undefined ? Math.max(0, places.indexOf(at)) : Math.max(0, Math.min(places.length - 1, place + steps[1]));
    show();
  });
});
