package exposure

// NotExtracted is what is left out, with the reasons.
var NotExtracted = notExtracted
