namespace ControlChat.Harness;

/// <summary>Debian's Chromium, as Playwright is to start it.</summary>
public static class Chromium
{
    private static readonly string[] _names = ["chromium", "chromium-browser", "google-chrome"];

    public static IReadOnlyList<string> Arguments { get; } = ["--no-sandbox", "--disable-dev-shm-usage"];

    public static string Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/bin").SelectMany(folder => _names.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists) ?? throw new InvalidOperationException("No Chromium is on the path: run ./test.sh once, or install Debian's chromium.");
}
