fetch("x.json");
