package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.StateCodec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * The canonical state of one session at one stage, as keyed state holds it.
 *
 * <p>Either a live value with the codec that writes it, or the bytes of a checkpoint with the
 * version that wrote them. A checkpoint is thereby read without knowing any stage, and the stage's
 * codec, which reads all its older versions, decodes when the session's next turn begins.
 *
 * <p>Immutable; a checkpoint may write it on another thread while the mailbox reads it.
 */
public final class CanonicalState {
  private final Object value;
  private final StateCodec<Object> codec;
  private final int version;
  private final byte[] bytes;

  private CanonicalState(Object value, StateCodec<Object> codec, int version, byte[] bytes) {
    this.value = value;
    this.codec = codec;
    this.version = version;
    this.bytes = bytes;
  }

  /** A live value. */
  static CanonicalState of(Object value, StateCodec<Object> codec) {
    return new CanonicalState(value, codec, codec.version(), null);
  }

  /** What a checkpoint held. */
  static CanonicalState encoded(int version, byte[] bytes) {
    return new CanonicalState(null, null, version, bytes);
  }

  /** Version of the stage's codec that wrote, or would write, the bytes. */
  public int version() {
    return version;
  }

  /** The encoded state. */
  public byte[] bytes() throws IOException {
    if (codec == null) {
      return bytes.clone();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
    codec.write(value, new DataOutputStream(out));
    return out.toByteArray();
  }

  /**
   * The state itself.
   *
   * @throws IOException if the bytes were written by a version that the stage cannot read
   */
  Object value(StateCodec<Object> stageCodec) throws IOException {
    return codec != null
        ? value
        : stageCodec.read(version, new DataInputStream(new ByteArrayInputStream(bytes)));
  }
}
