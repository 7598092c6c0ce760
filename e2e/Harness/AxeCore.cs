namespace ControlChat.Harness;

/// <summary>The script that judges pages by WCAG, which <c>npm ci --prefix e2e/web</c> installs.</summary>
public static class AxeCore
{
    private static readonly Lazy<string> _script = new(() => File.ReadAllText(Find()));

    /// <exception cref="InvalidOperationException">It is not installed.</exception>
    public static string Script => _script.Value;

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "e2e", "web", "node_modules", "axe-core", "axe.min.js") is var file && File.Exists(file)) return file;
        throw new InvalidOperationException("axe-core is not there: npm ci --prefix e2e/web");
    }
}
