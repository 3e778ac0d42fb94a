package io.avatarflow.operators.codec;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A grid of small pictures with their times, to see a whole film at a glance.
 *
 * <p>Holds only the scaled cells, so memory is bounded by their number. The digits are drawn from a
 * table, because a machine without fonts must be able to do it.
 */
public final class ContactSheet {
  private static final int GAP = 4;
  private static final int DIGIT_WIDTH = 3;
  private static final int DIGIT_HEIGHT = 5;
  private static final int DOT = 2;
  private static final String GLYPHS = "0123456789.s";
  // Rows from top to bottom, three bits each, the left pixel highest.
  private static final int[] ROWS = {
    0b111_101_101_101_111,
    0b010_110_010_010_111,
    0b111_001_111_100_111,
    0b111_001_111_001_111,
    0b101_101_111_001_001,
    0b111_100_111_001_111,
    0b111_100_111_101_111,
    0b111_001_010_010_010,
    0b111_101_111_101_111,
    0b111_101_111_001_111,
    0b000_000_000_000_010,
    0b011_100_010_001_110,
  };

  private final int columns;
  private final int cellWidth;
  private final List<BufferedImage> cells = new ArrayList<>();

  /**
   * @param columns pictures in a row, 1 or more
   * @param cellWidth width of a picture on the sheet, pixels, 32 or more
   */
  public ContactSheet(int columns, int cellWidth) {
    if (columns < 1 || cellWidth < 32) {
      throw new IllegalArgumentException(
          "A contact sheet has 1 column or more of 32 pixels or more, not %d of %d."
              .formatted(columns, cellWidth));
    }
    this.columns = columns;
    this.cellWidth = cellWidth;
  }

  /** Adds a picture that is shown {@code seconds} after the start. */
  public void add(double seconds, RgbPicture picture) {
    int cellHeight =
        Math.max(1, Math.round((float) cellWidth * picture.height() / picture.width()));
    BufferedImage cell = new BufferedImage(cellWidth, cellHeight, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = cell.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.drawImage(picture.toImage(), 0, 0, cellWidth, cellHeight, null);
    stamp(graphics, String.format(Locale.ROOT, "%.2fs", seconds), cellHeight);
    graphics.dispose();
    cells.add(cell);
  }

  private static void stamp(Graphics2D graphics, String text, int cellHeight) {
    int pitch = (DIGIT_WIDTH + 1) * DOT;
    int top = cellHeight - (DIGIT_HEIGHT + 1) * DOT;
    graphics.setColor(Color.BLACK);
    graphics.fillRect(0, top - DOT, text.length() * pitch + DOT, (DIGIT_HEIGHT + 2) * DOT);
    graphics.setColor(Color.WHITE);
    for (int i = 0; i < text.length(); i++) {
      int rows = ROWS[GLYPHS.indexOf(text.charAt(i))];
      for (int bit = 0; bit < DIGIT_WIDTH * DIGIT_HEIGHT; bit++) {
        if ((rows >> (DIGIT_WIDTH * DIGIT_HEIGHT - 1 - bit) & 1) == 1) {
          graphics.fillRect(
              DOT + i * pitch + bit % DIGIT_WIDTH * DOT, top + bit / DIGIT_WIDTH * DOT, DOT, DOT);
        }
      }
    }
  }

  /** The sheet as one picture, rows filled from the left. */
  public RgbPicture compose() {
    if (cells.isEmpty()) {
      throw new MediaException("A contact sheet without pictures cannot be made.");
    }
    int rows = (cells.size() + columns - 1) / columns;
    int cellHeight = cells.stream().mapToInt(BufferedImage::getHeight).max().orElseThrow();
    BufferedImage sheet =
        new BufferedImage(
            Math.min(columns, cells.size()) * (cellWidth + GAP) + GAP,
            rows * (cellHeight + GAP) + GAP,
            BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = sheet.createGraphics();
    graphics.setColor(Color.DARK_GRAY);
    graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
    for (int i = 0; i < cells.size(); i++) {
      graphics.drawImage(
          cells.get(i),
          GAP + i % columns * (cellWidth + GAP),
          GAP + i / columns * (cellHeight + GAP),
          null);
    }
    graphics.dispose();
    return RgbPicture.of(sheet);
  }

  /** Writes the sheet as a PNG file. */
  public void writePng(Path file) {
    compose().writePng(file);
  }
}
