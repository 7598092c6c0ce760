namespace ControlChat.Core.Processes;

/// <summary>Where programs of this machine are.</summary>
public static class Programs
{
    /// <summary>The PATH of this process, for those that are started with an environment from nothing.</summary>
    public static string Path => Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } path ? path : "/usr/bin:/bin";

    /// <param name="name">A base name.</param>
    /// <returns>Its absolute path, or null.</returns>
    public static string? Find(string name) => Path.Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Where(System.IO.Path.IsPathRooted).Select(folder => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
