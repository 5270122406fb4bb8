// The mapping editor, part by part.
import "./rows.js";
import "./drag.js";
import "./history.js";
import "./chips.js";
import "./pipe-menu.js";
import "./follow.js";
import "./fixes.js";
import "./paste.js";
import "./made-rows.js";
import "./samples.js";
