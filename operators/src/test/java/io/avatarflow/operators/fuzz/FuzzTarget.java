package io.avatarflow.operators.fuzz;

import io.avatarflow.operators.codec.AudioFileReader;
import io.avatarflow.operators.codec.MediaException;
import io.avatarflow.operators.identity.IdentityImages;
import io.avatarflow.operators.identity.IdentityPolicy;
import io.avatarflow.operators.identity.ImageFraming;
import io.avatarflow.operators.pack.OutsideBytes;
import io.avatarflow.operators.pack.PackException;
import io.avatarflow.operators.stage.IdentityException;
import io.avatarflow.schemas.Framing;
import io.avatarflow.schemas.InlineImage;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.PackReference;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionOpen;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.VideoSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A decoder of bytes from outside.
 *
 * <p>Whatever the bytes, it answers with a result or with the refusal that is its own; any other
 * exception is a finding, and so is more memory than {@link #allocationBound}.
 */
public enum FuzzTarget {
  /** Records of all three topics. */
  RECORDS(16) {
    @Override
    void decode(byte[] bytes) {
      for (RecordCodec<?> codec :
          List.of(RecordCodec.input(), RecordCodec.output(), RecordCodec.event())) {
        try {
          codec.decode(bytes);
        } catch (MalformedRecordException e) {
          requireSentence(e);
        }
      }
    }
  },
  /** Sound files. */
  AUDIO_FILE(32) {
    @Override
    void decode(byte[] bytes) {
      Path file = write(bytes);
      try (AudioFileReader reader = new AudioFileReader(file, Duration.ofMillis(200))) {
        int chunks = 0;
        while (chunks < MOST_CHUNKS && reader.next().isPresent()) {
          chunks++;
        }
      } catch (MediaException e) {
        requireSentence(e);
      }
    }
  },
  /** Pictures of identities. */
  IDENTITY_IMAGE(192) {
    @Override
    void decode(byte[] bytes) {
      SessionOpen open =
          SessionOpen.newBuilder()
              .setPack(PackReference.newBuilder().setName("any").build())
              .setIdentity(InlineImage.newBuilder().setBytes(ByteBuffer.wrap(bytes)).build())
              .setFraming(Framing.GIVEN)
              .setVideo(VideoSettings.newBuilder().build())
              .setParameters(SessionParameters.newBuilder().build())
              .build();
      try {
        IMAGES.framedPng(open);
      } catch (IdentityException e) {
        requireSentence(e);
      }
    }
  },
  /** Manifests of model packs. */
  MANIFEST(64) {
    @Override
    void decode(byte[] bytes) {
      try {
        OutsideBytes.manifest(bytes);
      } catch (PackException e) {
        requireSentence(e);
      }
    }
  },
  /** Graphs of model packs. */
  ONNX_MODEL(32) {
    @Override
    void decode(byte[] bytes) {
      try {
        OutsideBytes.onnxModel(bytes);
      } catch (IOException e) {
        requireSentence(e);
      }
    }
  };

  private static final int MOST_CHUNKS = 100;
  private static final IdentityImages IMAGES =
      new IdentityImages(
          64, 64, Map.of(), IdentityPolicy.ANY, Optional.empty(), ImageFraming.centred());

  private final long allocationBound;

  FuzzTarget(int mebibytes) {
    this.allocationBound = (long) mebibytes << 20;
  }

  /** Feeds the decoder; throws only for a finding. */
  abstract void decode(byte[] bytes) throws Exception;

  /** Most bytes that one input may make the decoder's thread allocate on the heap. */
  long allocationBound() {
    return allocationBound;
  }

  /** The name of the target in folders and on command lines. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static void requireSentence(Exception refusal) {
    if (refusal.getMessage() == null || refusal.getMessage().isBlank()) {
      throw new AssertionError("The refusal says nothing.", refusal);
    }
  }

  private static Path write(byte[] bytes) {
    try {
      Path file = Files.createDirectories(Path.of("target/fuzz")).resolve("input.bin");
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
