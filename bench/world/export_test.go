package world

var Noting = noting
