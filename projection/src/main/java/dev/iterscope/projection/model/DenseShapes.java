package dev.iterscope.projection.model;

import dev.iterscope.projection.model.DenseShape.Form;
import dev.iterscope.projection.model.DenseShape.Padding;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/// The shapes that a fit chooses from: what is known of matrix products beforehand. Their time grows with the rows in steps of a tile,
/// and below some number of rows with the reading of the weights instead.
final class DenseShapes {
    private static final int[] KNEES = {4, 8, 16, 32, 64, 96, 128, 192, 256, 384, 512, 1024};
    /// Tiles of rows that libraries for accelerators use.
    private static final int[] TILES = {16, 32, 64, 128, 256};
    /// Register blocks of processors, as multiples of four rows.
    private static final int[] BLOCKS = {8, 12, 16};
    private static final int[] FEW = {2, 4, 8};

    private DenseShapes() {}

    /// Every shape but the straight line.
    ///
    /// @param isSeen whether enough steps lie on either side of so many tokens: only there a slope can be seen to change
    static List<DenseShape> all(IntPredicate isSeen) {
        List<DenseShape> shapes = new ArrayList<>();
        for (int knee : KNEES) {
            if (isSeen.test(knee)) {
                for (Form form : List.of(Form.FLOOR, Form.STEEPER, Form.FLATTER)) {
                    shapes.add(new DenseShape(form, knee));
                }
            }
        }
        for (int tile : TILES) {
            if (isSeen.test(tile)) {
                tiles(new Padding(tile, false), isSeen, shapes);
            }
        }
        for (int block : BLOCKS) {
            if (isSeen.test(2)) {
                blocks(new Padding(block, true), isSeen, shapes);
            }
        }
        return shapes;
    }

    private static void tiles(Padding padding, IntPredicate isSeen, List<DenseShape> shapes) {
        shapes.add(new DenseShape(Form.LINE, padding, 0, 0));
        for (int knee : KNEES) {
            if (knee % padding.tile() == 0 && isSeen.test(knee)) {
                shapes.add(new DenseShape(Form.FLOOR, padding, knee, 0));
                shapes.add(new DenseShape(Form.TWO_SLOPES, padding, knee, 0));
            }
        }
    }

    private static void blocks(Padding padding, IntPredicate isSeen, List<DenseShape> shapes) {
        shapes.add(new DenseShape(Form.LINE, padding, 0, 0));
        for (int knee : FEW) {
            if (isSeen.test(knee)) {
                shapes.add(new DenseShape(Form.FLOOR, padding, knee, 0));
                for (int times = 1; times <= 4; times *= 2) {
                    int bend = times * padding.tile();
                    if (isSeen.test(bend)) {
                        shapes.add(new DenseShape(Form.BEND, padding, knee, bend));
                    }
                }
            }
        }
    }
}
