namespace ControlChat.App.Start;

/// <summary>Files that only the hub's own user may read or write.</summary>
internal static class PrivateFile
{
    /// <summary>Replaces the file as a whole.</summary>
    public static void Write(string path, string text)
    {
        var next = path + ".next";
        File.Delete(next);
        using (var file = new FileStream(next, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        using (var writer = new StreamWriter(file))
            writer.Write(text);
        File.Move(next, path, overwrite: true);
    }
}
