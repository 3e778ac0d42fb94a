package io.avatarflow.operators.codec;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.MediaBlock.BlockAudio;
import io.avatarflow.operators.stage.MediaBlock.BlockFlags;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Blocks as the render stage leaves them: the pictures of {@link TestPictures} under the sound of
 * {@link TestSpeech}.
 */
final class TestBlocks {
  static final String KEY = "tenant/session";
  static final int SIZE = 64;

  private TestBlocks() {}

  static SessionInfo info(String codec, int size) {
    return new SessionInfo(
        KEY,
        "probe",
        "00",
        7,
        new SessionInfo.VideoSettings(size, size, codec, 0),
        true,
        new byte[0]);
  }

  static SessionRecord.Block block(EncodeStage.Format format, int index) {
    return block(format, index, UnaryOperator.identity());
  }

  static SessionRecord.Block block(
      EncodeStage.Format format, int index, UnaryOperator<MediaBlock> change) {
    int n = format.framesPerBlock();
    byte[] pictures = new byte[n * 3 * SIZE * SIZE];
    for (int i = 0; i < n; i++) {
      System.arraycopy(
          TestPictures.frame(SIZE, SIZE, index * n + i),
          0,
          pictures,
          i * 3 * SIZE * SIZE,
          3 * SIZE * SIZE);
    }
    int samples = 48_000 * n / format.fps();
    int mediaSamples = format.mediaSampleRate() * n / format.fps();
    short[] sound = TestSpeech.samples(48_000, samples * (index + 1));
    BlockAudio audio =
        new BlockAudio(
            (long) index * mediaSamples,
            mediaSamples,
            new float[0],
            Arrays.copyOfRange(sound, samples * index, sound.length),
            samples,
            n);
    BlockParameters parameters =
        new BlockParameters(
            3, "ddim", 2, "ddpm", "cosine", 1, 1, 0.7f, 0, 0, 0, "ANIMATE", 0, List.of());
    MediaBlock block =
        new MediaBlock(
            KEY,
            index,
            0,
            0,
            audio,
            parameters,
            new BlockFlags(false, true, false),
            1,
            Map.of("frames", Tensor.of(ElementType.UINT8, new int[] {n, SIZE, SIZE, 3}, pictures)),
            List.of(
                new MediaBlock.StageTrace("ingest", 2, 3, 1, 0),
                new MediaBlock.StageTrace("motion", 4, 5, 9, 77)),
            1000);
    return new SessionRecord.Block(change.apply(block));
  }

  static MediaBlock withAudio(MediaBlock b, int playbackCount, int videoFrames) {
    BlockAudio a = b.audio();
    BlockAudio audio =
        new BlockAudio(
            a.firstSample(),
            a.sampleCount(),
            a.features(),
            a.playback(),
            playbackCount,
            videoFrames);
    return new MediaBlock(
        b.sessionKey(),
        b.index(),
        b.epoch(),
        b.attempt(),
        audio,
        b.parameters(),
        b.flags(),
        b.rung(),
        b.tensors(),
        b.trace(),
        b.ingestMicros());
  }
}
