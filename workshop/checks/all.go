// Package checks checks what learners have made of the exercises: a file for each. An
// exercise is a value; what plays its scenarios is workshop/stage, where it takes servers.
package checks

import "github.com/sagabench/sagabench/workshop"

// All lists the exercises in the order of a course.
var All = []workshop.Exercise{predict, edge, twice, die, promise, badNews, diagnose}
