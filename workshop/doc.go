// Package workshop has the exercises: a folder for each, which learners get as a module
// of their own, and what an exercise is.
//
//	workshop/            this package: the words, and the embedded folders
//	workshop/kit/        what learners' programs import
//	workshop/N-…/        an exercise: README, starter, hints, solution
//	workshop/program/    builds and runs learners' programs, contained
//	workshop/stage/      a cell in which one part is the learner's program
//	workshop/checks/     how each exercise is checked, and its mutants
//	workshop/folder/     the learner's folder: init, state, answers, journal, reset
package workshop
