package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionInfo.VideoSettings;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** The binary form of {@link SessionInfo}, versioned by what holds it. */
final class SessionInfoFormat {
  private SessionInfoFormat() {}

  static void write(SessionInfo info, DataOutput out) throws IOException {
    WireFormat.writeString(info.sessionKey(), out);
    WireFormat.writeString(info.packName(), out);
    WireFormat.writeString(info.packDigest(), out);
    out.writeLong(info.seed());
    out.writeInt(info.video().width());
    out.writeInt(info.video().height());
    WireFormat.writeString(info.video().codec(), out);
    out.writeInt(info.video().bitrate());
    out.writeBoolean(info.recorded());
    WireFormat.writeBytes(info.identityPng(), out);
    WireFormat.writeString(info.traceparent(), out);
  }

  /**
   * @param traced whether the format of what holds it has the trace already
   */
  static SessionInfo read(boolean traced, DataInput in) throws IOException {
    return new SessionInfo(
        WireFormat.readString(in),
        WireFormat.readString(in),
        WireFormat.readString(in),
        in.readLong(),
        new VideoSettings(in.readInt(), in.readInt(), WireFormat.readString(in), in.readInt()),
        in.readBoolean(),
        WireFormat.readBytes(in),
        traced ? WireFormat.readString(in) : "");
  }
}
