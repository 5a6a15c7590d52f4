// Package jsonstream reads JSON as a stream: strictly, fast, and with bounded
// memory.
//
// What it decides: whether a text is JSON that all programs read alike. It is the
// grammar of RFC 8259 without any leniency, and three things more, because a text
// that two programs read differently is how a change is hidden from the one that
// judges it:
//
//   - no object has a member name twice, compared after the escapes are resolved;
//   - all text is valid UTF-8, and no escape is half of a character;
//   - nothing is nested deeper than 10,000.
//
// These hold for the whole text, also for what is skipped. Names that some
// programs take for the same, such as "Actions" and "actions", are different
// here; the caller knows which names matter.
//
// What it trusts: nothing of the text, which may be made to be slow, large or
// ambiguous. It trusts its reader to return io.EOF only at the end. The work is
// proportional to the size of the text, whatever is in it: names are looked up in
// tables with a secret seed where there are many, and anything that speeds up the
// usual case has a bounded cost when it fails. That seed is the only thing random,
// and no result depends on it. What is accepted, and which error is returned where,
// does not depend on how the reader cuts the text into pieces either.
//
// What is held in memory: one buffer, the value or token that is read, and the
// names of the objects that are open, all bounded by [Limits]; and what makes it
// fast, at most some 3 MB. Beyond a limit is an error, never a cut.
//
// What it never does: quote the text in a message, repair anything, or go on after
// an error. A pointer in an [Error] holds names of the text, and is not part of its
// message.
//
// A [Scanner] goes through a text value by value. [Scanner.Skip] passes one,
// [Scanner.Value] returns one as it stands, validated; [Members], [Elements],
// [Unquote] and [Decode] take such a value apart. They do not validate again, so
// they are for bytes that went through a Scanner only. To take a few parts out of
// a large value, [Scanner.Hold] needs one pass, where walking needs several.
// [Document] reads a text that stands as a string in another one.
//
//	s := jsonstream.New(r, jsonstream.Limits{})
//	err := s.Object(func(name []byte) error {
//		if string(name) != "resource_changes" {
//			return s.Skip()
//		}
//		return s.Array(func() error {
//			v, err := s.Value()
//			...
//		})
//	})
//	if err == nil {
//		err = s.End()
//	}
//
// How it is fast: one loop over the tokens with all bytes at hand, eight bytes of
// a string at a time, no allocation per token, and above all a memory of the
// sequences of member names that came up before (shapes.go), which spares most
// names all that must be done for one.
package jsonstream
