// A learner's program that goes wrong in the way that the cell's name says.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/sagabench/sagabench/workshop/kit"
)

func main() {
	if os.Getenv("SAGABENCH_CELL") == "" {
		answer()
		return
	}
	kit.Main(begin)
}

// answer is a program that is no part of a cell: it answers line by line.
func answer() {
	to := os.NewFile(3, "answers")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		switch line := lines.Text(); line {
		case "panic":
			react(nil)
		case "loop":
			loop()
		case "exit":
			os.Exit(3)
		case "flood":
			for {
				to.WriteString(strings.Repeat("answer ", 100))
			}
		default:
			fmt.Println("now", line)
			fmt.Fprintln(to, "answer to", line)
		}
	}
}

func begin(ctx context.Context, c kit.Cell) error {
	switch c.Name {
	case "works":
		fmt.Println("at work")
	case "noise":
		fmt.Print("ready\nno")
		fmt.Fprintln(os.Stderr, "thing")
	case "error":
		return errors.New("no such stream")
	case "never-ready":
		<-ctx.Done() // never-ready
	case "exit-0", "exit-3":
		later(func() { os.Exit(int(c.Name[5] - '0')) })
	case "fatal":
		later(func() { log.Fatal("no such stream") })
	case "panics":
		later(func() { react(nil) })
	case "panics-below":
		later(func() { new(strings.Builder).Grow(-1) }) // panics-below
	case "survives":
		later(func() {
			fmt.Println("panic: survived")
			os.Exit(2)
		})
	case "overflows":
		later(func() { deeper(1) })
	case "loops":
		begun(idle, loop)
	case "spins":
		begun(spin)
	case "waits":
		begun(idle, stuck)
	case "hogs":
		later(hog)
	case "chats":
		later(func() {
			for {
				fmt.Println(strings.Repeat("chat ", 100))
			}
		})
	case "child", "child-leaves", "child-stays":
		sleep := exec.Command("sleep", "60")
		sleep.Stdout = os.Stdout // and so it holds our pipe
		sleep.SysProcAttr = &syscall.SysProcAttr{Setsid: c.Name == "child-leaves"}
		if err := sleep.Start(); err != nil {
			return err
		}
		fmt.Println(sleep.Process.Pid)
		if c.Name == "child-stays" {
			later(func() { os.Exit(0) })
		}
	}
	return nil
}

func later(f func()) { time.AfterFunc(20*time.Millisecond, f) }

// begun starts goroutines and returns when all of them run.
func begun(all ...func()) {
	var run sync.WaitGroup
	for _, f := range all {
		run.Add(1)
		go func() {
			run.Done()
			f()
		}()
	}
	run.Wait()
}

func react(orders map[string]int) {
	fmt.Println("before the panic")
	orders["one"]++ // panics
}

func deeper(n int) int { return deeper(n+1) + 1 } // overflows

func idle() {
	<-make(chan int) // idle
}

func loop() {
	for len(held) == 0 { // loops
	}
}

func spin() {
	for {
	}
}

func stuck() {
	var mu sync.Mutex
	mu.Lock()
	mu.Lock() // waits
}

var held [][]byte

func hog() {
	for range 512 {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = 1
		}
		held = append(held, b)
	}
}
