package io.avatarflow.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.client.SessionReader;
import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.jobs.client.TestSpeech;
import io.avatarflow.operators.host.SharedDevices;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Topics;
import io.avatarflow.schemas.Track;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kafka, Flink and the job in this process. */
class EmbeddedStackITCase {
  private static final SessionKey KEY = new SessionKey("test", "one");
  private static final int MAX_PARALLELISM = 60;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir Path pictures;

  @ParameterizedTest
  @CsvSource({"probe, amber, 0.5", "reference, ada, 0.96"})
  void allStagesInOneOperatorMakeTheSamePictures(String pack, String identity, double seconds)
      throws Exception {
    List<Long> shipped = pixelHashes(pack, identity, seconds, List.of("--grouping", "shipped"));
    List<Long> together = pixelHashes(pack, identity, seconds, List.of("--grouping", "all-in-one"));

    assertThat(shipped).hasSize((int) Math.ceil(seconds * 25)).doesNotContain(0L);
    assertThat(together).isEqualTo(shipped);
  }

  @Test
  void theHashOfAFrameIsThatOfThePictureBeforeEncoding() throws Exception {
    List<Long> hashes =
        pixelHashes("probe", "amber", 0.2, List.of("--raw-frames-dir", pictures.toString()));

    for (int i = 0; i < hashes.size(); i++) {
      Path png = pictures.resolve(KEY.toString()).resolve("frame-%06d.png".formatted(i));
      assertThat(hashes.get(i)).as("frame %d", i).isEqualTo(firstBytesOfSha256(png));
    }
  }

  @Test
  void closingLeavesNoFolderNoThreadNoDeviceAndNoNativeSession() throws Exception {
    EmbeddedStack stack = EmbeddedStack.start(0, 1, jobArguments("probe", List.of()));
    try (stack) {
      assertThat(play(stack, "probe", "amber", 0.2)).hasSize(5);
      assertThat(stack.folder()).isDirectory();
      assertThat(deviceThreads()).isNotEmpty();
      assertThat(SharedDevices.inUse()).isPositive();
      assertThat(ModelPack.openSessions()).isPositive();
    }

    assertThat(stack.folder()).doesNotExist();
    assertThat(deviceThreads()).isEmpty();
    assertThat(SharedDevices.inUse()).isZero();
    assertThat(ModelPack.openSessions()).isZero();
  }

  private static List<Long> pixelHashes(
      String pack, String identity, double seconds, List<String> options) throws Exception {
    try (EmbeddedStack stack = EmbeddedStack.start(0, 1, jobArguments(pack, options))) {
      return play(stack, pack, identity, seconds);
    }
  }

  /** Sends a session and returns the hashes of its pictures. */
  private static List<Long> play(EmbeddedStack stack, String pack, String identity, double seconds)
      throws Exception {
    List<Long> hashes = new ArrayList<>();
    try (SessionWriter writer =
            new SessionWriter(stack.bootstrap(), Topics.DEFAULT.input(), MAX_PARALLELISM);
        SessionReader<SessionOutput> reader =
            new SessionReader<>(stack.bootstrap(), Topics.DEFAULT.frames(), RecordCodec.output())) {
      TestSpeech.session(KEY, pack, identity, seconds).forEach(body -> writer.send(KEY, body));
      writer.flush();
      long end = System.nanoTime() + PATIENCE.toNanos();
      for (boolean closed = false; !closed; ) {
        assertThat(stack.failure()).isEmpty();
        assertThat(System.nanoTime()).as("the session closes in time").isLessThan(end);
        for (SessionOutput output : reader.poll(Duration.ofMillis(100))) {
          if (output.getBody() instanceof EncodedFrame frame && frame.getTrack() == Track.VIDEO) {
            hashes.add(frame.getPixelHash());
          }
          closed |=
              output.getBody() instanceof StreamMark mark && mark.getBody() instanceof CloseMark;
        }
      }
    }
    return hashes;
  }

  private static List<String> jobArguments(String pack, List<String> options) {
    List<String> arguments =
        new ArrayList<>(
            List.of("--pack", pack, "--start-from", "earliest", "--checkpoint-interval", "0 s"));
    arguments.addAll(options);
    return arguments;
  }

  private static long firstBytesOfSha256(Path png) throws Exception {
    BufferedImage image = ImageIO.read(png.toFile());
    ByteBuffer rgb = ByteBuffer.allocate(3 * image.getWidth() * image.getHeight());
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int pixel = image.getRGB(x, y);
        rgb.put((byte) (pixel >> 16)).put((byte) (pixel >> 8)).put((byte) pixel);
      }
    }
    return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(rgb.array())).getLong();
  }

  private static List<String> deviceThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.startsWith("avatar-device"))
        .toList();
  }
}
