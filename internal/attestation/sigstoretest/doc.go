// Package sigstoretest is a Sigstore instance in the memory of a test: a
// certificate authority in the manner of Fulcio, a certificate log, a transparency
// log in the manner of Rekor and a timestamping authority. It is for tests
// alone. No package of the program imports it, and what it signs proves nothing:
// its keys are made for one test and forgotten.
//
// An [Instance] is made for a point of time, not of the clock, so that what it
// signs can lie in the past and a test gives the same answer every day:
//
//	in := sigstoretest.New(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
//	bundle := in.Sign(statement, sigstoretest.Workflow("acme/widgets", commit))
//	root := in.Root()
//
// What it makes is what the real instances make, byte for byte of the same form:
// certificates with the extensions of a GitHub workflow and a certificate timestamp
// that a log key really signed, log entries with an inclusion proof, a checkpoint
// and a signed entry timestamp, bundles v0.3. The tests in e2e/cosign hold it against
// the cosign program, which accepts what it makes, and refuses what it breaks.
//
// An [Option] says what shall be wrong with one bundle: a missing or a foreign
// signature of each authority, a time outside the certificate, a name too many. An
// [Instance] that must not be believed is simply another one.
//
// [Instance.Serve] shows the same instance on loopback, with as much of the HTTP
// interfaces as signing needs.
package sigstoretest
