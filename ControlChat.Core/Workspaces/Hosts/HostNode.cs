using ControlChat.Core.Hub;

namespace ControlChat.Core.Workspaces.Hosts;

/// <summary>Which process of the hub this is, for hosts that live beside it.</summary>
/// <param name="Name">The same after a restart, and no other process's.</param>
public sealed record HostNode(string Name)
{
    /// <summary>A host that no hub asked for so long ends itself.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(3);

    /// <summary>After which another process takes a host for gone that its own has not seen.</summary>
    public static readonly TimeSpan Patience = Lease * 2;

    /// <summary>
    /// The process that has this data directory. Its name is drawn once and stays in a file there: machines and containers that are
    /// made from one image are called the same, and one that is made anew is called otherwise.
    /// </summary>
    public static HostNode Of(string dataDirectory)
    {
        var file = Path.Combine(dataDirectory, "node");
        if (!File.Exists(file)) Write(file, Ids.New("node"));
        return new HostNode(File.ReadAllText(file).Trim());
    }

    // Whole or not at all.
    private static void Write(string file, string name)
    {
        var draft = file + ".next";
        File.Delete(draft);
        using (var stream = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        using (var writer = new StreamWriter(stream))
            writer.Write(name);
        File.Move(draft, file);
    }
}
