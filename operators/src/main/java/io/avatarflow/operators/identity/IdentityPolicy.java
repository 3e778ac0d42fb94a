package io.avatarflow.operators.identity;

/** Whose face may be driven. */
public enum IdentityPolicy {
  /** Only the identities that the pack brings along. */
  BUNDLED,
  /** Any image that a session brings or names. */
  ANY
}
