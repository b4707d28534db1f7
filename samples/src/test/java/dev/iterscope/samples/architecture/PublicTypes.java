package dev.iterscope.samples.architecture;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree.Kind;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/// Reads sources with the compiler's own parser and lists public types without a `///` comment.
final class PublicTypes extends TreePathScanner<@Nullable Void, Boolean> {

    private final DocTrees docs;
    private final CharSequence text;
    private final String file;
    private final List<String> undocumented;

    private PublicTypes(DocTrees docs, CompilationUnitTree unit, List<String> undocumented) throws IOException {
        this.docs = docs;
        this.text = unit.getSourceFile().getCharContent(true);
        this.file = Path.of(unit.getSourceFile().toUri()).getFileName().toString();
        this.undocumented = undocumented;
    }

    /// `file name: type name` of every public type without documentation, in the order of the sources.
    static List<String> undocumentedIn(List<Path> sources) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> undocumented = new ArrayList<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, Locale.ROOT, null)) {
            JavacTask task = (JavacTask) compiler.getTask(null, files, null, null, null, files.getJavaFileObjectsFromPaths(sources));
            DocTrees docs = DocTrees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                new PublicTypes(docs, unit, undocumented).scan(unit, true);
            }
        }
        return undocumented;
    }

    /// @param reachable whether everything around this type is public
    @Override
    public @Nullable Void visitClass(ClassTree type, Boolean reachable) {
        boolean isPublic = reachable && (type.getModifiers().getFlags().contains(Modifier.PUBLIC) || isInInterface());
        if (isPublic && !hasMarkdownComment(type)) {
            undocumented.add(file + ": " + type.getSimpleName());
        }
        return super.visitClass(type, isPublic);
    }

    private boolean isInInterface() {
        TreePath parent = getCurrentPath().getParentPath();
        return parent != null && parent.getLeaf().getKind() == Kind.INTERFACE;
    }

    private boolean hasMarkdownComment(ClassTree type) {
        if (docs.getDocComment(getCurrentPath()) == null) {
            return false;
        }
        int start = (int) docs.getSourcePositions().getStartPosition(getCurrentPath().getCompilationUnit(), type);
        String before = text.subSequence(0, start).toString().stripTrailing();
        return !before.endsWith("*/");
    }
}
