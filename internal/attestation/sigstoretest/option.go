package sigstoretest

import (
	"crypto/ecdsa"
	"crypto/x509"
	"time"
)

// Option changes one order: usually for the worse.
type Option func(*order)

// order is what is made for one bundle or certificate.
type order struct {
	issued, logged, stamped time.Time
	life                    time.Duration

	noSCT, noLog, noSET, noProof, noTime bool
	foreignCT, foreignSET, foreignProof  bool
	unknownLog, foreignTSA               bool
	stamp, log, prehashed                bool
	tiles, oldCheckpoint                 bool
	subjects                             []string
	without                              map[int]bool
	signatures                           int
	payloadType, hint                    string
	mediaType                            string
	cert                                 *x509.Certificate
	key                                  *ecdsa.PrivateKey
	ca                                   *Instance
}

// order is the good one, as the instance makes it.
func (in *Instance) order(opts []Option) *order {
	o := &order{
		issued: in.at, logged: in.at.Add(2 * time.Second), stamped: in.at.Add(time.Second), life: 10 * time.Minute,
		signatures: 1, payloadType: "application/vnd.in-toto+json", mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json", ca: in,
	}
	if in.private {
		o.noLog, o.noSCT, o.stamp = true, true, true
	}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

// Timestamped adds a token of the timestamping authority. A private instance always
// adds one.
func Timestamped() Option { return func(o *order) { o.stamp = true } }

// Logged enters into the log what is signed with a key; what is signed with a
// certificate always is.
func Logged() Option { return func(o *order) { o.log = true } }

// IssuedAt dates the certificate, which lives for ten minutes.
func IssuedAt(at time.Time) Option { return func(o *order) { o.issued = at } }

// Life says how long the certificate lives.
func Life(d time.Duration) Option { return func(o *order) { o.life = d } }

// Tiles makes a log entry as Rekor v2 does: of type hashedrekord 0.0.2, with a
// checkpoint and without a time, for which there is a token then.
func Tiles() Option {
	return func(o *order) { o.tiles, o.noSET, o.noTime, o.stamp = true, true, true, true }
}

// OldCheckpoint puts a checkpoint of Rekor v1 under an entry of Rekor v2.
func OldCheckpoint() Option { return func(o *order) { o.oldCheckpoint = true } }

// LoggedAt is when the log took the entry in, two seconds after the instance's time
// when it is not said.
func LoggedAt(at time.Time) Option { return func(o *order) { o.logged = at } }

// TimestampedAt adds a token of that time.
func TimestampedAt(at time.Time) Option { return func(o *order) { o.stamp, o.stamped = true, at } }

// WithoutSCT leaves the certificate log's timestamp out of the certificate.
func WithoutSCT() Option { return func(o *order) { o.noSCT = true } }

// WithoutLog leaves the log entry out.
func WithoutLog() Option { return func(o *order) { o.noLog = true } }

// WithoutSET leaves the log's signature over the entry and its time out of the
// bundle. Its inclusion proof stays; the time is then no evidence.
func WithoutSET() Option { return func(o *order) { o.noSET = true } }

// WithoutProof leaves the inclusion proof and the checkpoint out.
func WithoutProof() Option { return func(o *order) { o.noProof = true } }

// WithoutLogTime leaves integrated time out of the entry.
func WithoutLogTime() Option { return func(o *order) { o.noTime = true } }

// WithoutTimestamp leaves out the token that a private instance adds.
func WithoutTimestamp() Option { return func(o *order) { o.stamp = false } }

// ForeignCT signs the certificate's timestamp with a key that is not the log's.
func ForeignCT() Option { return func(o *order) { o.foreignCT = true } }

// ForeignSET signs the entry's timestamp with a key that is not the log's.
func ForeignSET() Option { return func(o *order) { o.foreignSET = true } }

// ForeignCheckpoint signs the checkpoint with a key that is not the log's.
func ForeignCheckpoint() Option { return func(o *order) { o.foreignProof = true } }

// UnknownLog signs everything of the entry with another log's key, under that log's
// own name: a good entry, in a log that no root names.
func UnknownLog() Option {
	return func(o *order) { o.unknownLog, o.foreignSET, o.foreignProof = true, true, true }
}

// ForeignTSA adds a token of another authority that has the same name.
func ForeignTSA() Option { return func(o *order) { o.stamp, o.foreignTSA = true, true } }

// CertifiedBy takes the certificate from another instance; the log stays this one's.
func CertifiedBy(other *Instance) Option { return func(o *order) { o.ca = other } }

// AlsoNamed puts further names into the certificate, behind the first one.
func AlsoNamed(subjects ...string) Option {
	return func(o *order) { o.subjects = append(o.subjects, subjects...) }
}

// WithoutExtension leaves extension number n of the claims out.
func WithoutExtension(n ...int) Option {
	return func(o *order) {
		if o.without == nil {
			o.without = map[int]bool{}
		}
		for _, n := range n {
			o.without[n] = true
		}
	}
}

// SignedTimes puts n signatures into the envelope, by the same key. A bundle may
// have one.
func SignedTimes(n int) Option { return func(o *order) { o.signatures = n } }

// PayloadType says of what type the payload is; an in-toto statement when it is not
// said.
func PayloadType(s string) Option { return func(o *order) { o.payloadType = s } }

// MediaType says what the bundle calls itself; v0.3 when it is not said.
func MediaType(s string) Option { return func(o *order) { o.mediaType = s } }

// Hint is what a bundle with a public key calls the key; its digest when it is not
// said.
func Hint(s string) Option { return func(o *order) { o.hint = s } }

// Prehashed signs with Ed25519ph, as cosign 2 does, in place of Ed25519.
func Prehashed() Option { return func(o *order) { o.prehashed = true } }

// SignedWith uses a certificate that was made before, and its key.
func SignedWith(cert *x509.Certificate, key *ecdsa.PrivateKey) Option {
	return func(o *order) { o.cert, o.key = cert, key }
}
