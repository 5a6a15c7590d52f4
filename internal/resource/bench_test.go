package resource

import (
	"fmt"
	"testing"
)

// BenchmarkLookup is the price of the first look-up in a provider's types: its file
// is read, and no other.
func BenchmarkLookup(b *testing.B) {
	for _, prefix := range []string{"aws", "azurerm", "google", "kubernetes", others} {
		text, err := data.ReadFile("data/types/" + prefix + ".txt")
		if err != nil {
			b.Fatal(err)
		}
		b.Run(prefix, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := parse(prefix, string(text)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAttributes is the price of the first question for watched attributes.
func BenchmarkAttributes(b *testing.B) {
	text, err := data.ReadFile("data/attributes.txt")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := parseWatches("attributes.txt", string(text)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkKinds is the price of the first carrier.
func BenchmarkKinds(b *testing.B) {
	text, err := data.ReadFile("data/kinds.txt")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := parseKinds("kinds.txt", string(text)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWatches is the price of every change after the first of its type, and of
// types that are too many to be remembered.
func BenchmarkWatches(b *testing.B) {
	t := Builtin()
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			t.Watches("aws_db_instance")
		}
	})
	b.Run("new", func(b *testing.B) {
		n := t.With(nil)
		i := 0
		for b.Loop() {
			n.Watches(fmt.Sprintf("made_up_%d", i))
			i++
		}
	})
}
