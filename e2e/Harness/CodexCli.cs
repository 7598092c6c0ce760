namespace ControlChat.Harness;

/// <summary>The Codex CLI that the tests run, which <c>npm ci --prefix e2e/codex</c> installs.</summary>
public static class CodexCli
{
    /// <exception cref="InvalidOperationException">It is not installed.</exception>
    public static string Path
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
                if (System.IO.Path.Combine(folder.FullName, "e2e", "codex", "node_modules", ".bin", "codex") is var cli && File.Exists(cli)) return cli;
            throw new InvalidOperationException("The Codex CLI is not there: npm ci --prefix e2e/codex");
        }
    }
}
