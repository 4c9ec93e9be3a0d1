// Package program builds learners' programs and runs them, contained.
//
// A program is built with intact glue, whatever stands in the learner's folder: see
// [Build]. It runs in a process group and a temporary folder of its own, with a small
// environment and limits on memory and output: see [Start] and [Pipe]. What it prints is
// collected and can't be taken for the protocol, which has a descriptor of its own.
//
// How a program ended is one sentence for who wrote it: see [Ended].
//
// This contains mistakes, not malice. A program that leaves its process group, or that
// writes to its neighbours' files, is not stopped. The latter is noticed: see [Prints].
package program
