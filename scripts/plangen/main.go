// Command plangen writes a made-up plan to standard output: plangen -size 500MB.
// Package internal/tfplan/plangen says what is in it.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/claw-verified/claw-verified/internal/tfplan/plangen"
)

func main() {
	size := flag.String("size", "50MB", "about how large: a number with KB, MB or GB")
	changes := flag.Int("n", 0, "how many resource changes, instead of a size")
	open := flag.Int("open", 3, "how many security groups are opened to the world, in two halves")
	quiet := flag.Int("noop", 90, "how many of a hundred changes are no-ops")
	seed := flag.Int64("seed", 1, "another seed, another plan")
	flag.Parse()
	o, err := plangen.ForSize(*size)
	if err != nil {
		fmt.Fprintln(os.Stderr, "plangen:", err)
		os.Exit(2)
	}
	if *changes > 0 {
		o.Changes = *changes
	}
	o.Open, o.NoOp, o.Seed = *open, *quiet, *seed
	if err := plangen.Write(os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "plangen: write plan:", err)
		os.Exit(1)
	}
}
