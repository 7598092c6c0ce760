using System.Diagnostics.CodeAnalysis;

namespace ControlChat.Core.Files;

/// <summary>
/// A path below a root, as the names on the way. Only its form is judged here: whether it leads outside is decided by the kernel when it
/// is opened. Nothing is decoded but the escapes of <see cref="ShownName"/>: <c>%2e</c> is a name like any other.
/// </summary>
public sealed class WorkspacePath
{
    /// <summary>Names on the way to one file, at most.</summary>
    public const int MostDepth = 64;
    private const int MostNameBytes = 255;
    private readonly byte[][] _names;

    private WorkspacePath(byte[][] names) => _names = names;

    public static WorkspacePath Root { get; } = new([]);

    public int Depth => _names.Length;

    internal IReadOnlyList<byte[]> Names => _names;

    /// <summary>Whether it is this path or lies below it, by name.</summary>
    public bool IsWithin(WorkspacePath folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return folder._names.Length <= _names.Length && folder._names.Zip(_names).All(n => n.First.AsSpan().SequenceEqual(n.Second));
    }

    /// <summary>The root's own parent is the root.</summary>
    internal WorkspacePath Parent => new(_names[..^Math.Min(1, _names.Length)]);

    internal WorkspacePath First(int names) => new(_names[..names]);

    internal WorkspacePath Below(ReadOnlySpan<byte> name) => new([.. _names, name.ToArray()]);

    /// <param name="text">Relative, parts divided by slashes; empty or <c>.</c> is the root itself.</param>
    public static bool TryRead(string text, [NotNullWhen(true)] out WorkspacePath? path, [NotNullWhen(false)] out FileRefusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(text);
        path = null;
        refusal = null;
        if (text.StartsWith('/')) return Refuse("A path is relative to the workspace and begins without a slash.", out refusal, FileProblem.Outside);
        var parts = text.Split('/').Where(p => p is not ("" or ".")).ToList();
        if (parts.Count > MostDepth) return Refuse($"A path has at most {MostDepth} parts.", out refusal);
        var names = new byte[parts.Count][];
        for (var i = 0; i < names.Length; i++)
        {
            if (ShownName.Read(parts[i]) is not { } name)
                return Refuse(@"A part of the path is not the text of a name. A backslash in a name is written \\, a byte that is not UTF-8 \xFF, a character that cannot be seen \u{202E}.", out refusal);
            if (name.AsSpan().SequenceEqual(".."u8)) return Refuse("A path never goes up: leave the '..' out.", out refusal, FileProblem.Outside);
            if (name.AsSpan().SequenceEqual("."u8) || name.AsSpan().ContainsAny((byte)0, (byte)'/')) return Refuse("A part of the path holds a zero byte or a hidden slash or dot.", out refusal);
            if (name.Length > MostNameBytes) return Refuse($"A name has at most {MostNameBytes} bytes.", out refusal);
            names[i] = name;
        }
        path = new WorkspacePath(names);
        return true;
    }

    /// <summary>As it is shown, and read again: <c>.</c> for the root.</summary>
    public override string ToString() => _names.Length == 0 ? "." : string.Join('/', _names.Select(n => ShownName.Of(n)));

    /// <summary>For the kernel: names, slashes and a zero byte.</summary>
    internal byte[] Terminated()
    {
        if (_names.Length == 0) return [(byte)'.', 0];
        var bytes = new byte[_names.Sum(n => n.Length + 1)];
        var at = 0;
        foreach (var name in _names)
        {
            name.CopyTo(bytes, at);
            at += name.Length;
            bytes[at++] = (byte)'/';
        }
        bytes[^1] = 0;
        return bytes;
    }

    private static bool Refuse(string why, out FileRefusal? refusal, FileProblem problem = FileProblem.Invalid)
    {
        refusal = new FileRefusal(problem, why);
        return false;
    }
}
