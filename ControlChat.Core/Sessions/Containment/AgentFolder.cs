using System.Runtime.InteropServices;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Containment;

/// <summary>
/// What one session has on disk, in a folder of its own below <see cref="HubPaths.Agents"/>: a home that the agent writes, and beside it what the
/// hub gives it to read. The hub never writes into the home after it made it: whoever can write there could lead a write elsewhere.
/// </summary>
public sealed partial class AgentFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode All = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private AgentFolder(string path) => Root = path;

    public string Root { get; }

    /// <summary>The agent's; mode 0700.</summary>
    public string Home => Path.Combine(Root, "home");

    /// <summary>The hub's, for the agent to read.</summary>
    public string Given => Path.Combine(Root, "given");

    /// <summary>Whether this process can reach what an agent of this session left.</summary>
    public static bool IsThere(HubPaths paths, string session) => Directory.Exists(new AgentFolder(Path.Combine(paths.Agents, session)).Home);

    /// <summary>Makes it, or answers the one that is there: of a session that goes on.</summary>
    /// <param name="session">An id of ours: letters, digits and '_'.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static AgentFolder Open(HubPaths paths, string session, AgentUser user)
    {
        if (session.Length == 0 || !session.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')) throw new ArgumentException($"'{session}' is no id of a session.", nameof(session));
        var folder = new AgentFolder(Path.Combine(paths.Agents, session));
        Make(paths.Agents, OwnerOnly);
        if (Directory.Exists(folder.Home)) return folder;
        Make(folder.Root, OwnerOnly);
        Make(folder.Given, All);
        // Complete or not there: nobody but the hub can write beside it.
        var draft = Directory.CreateDirectory(Path.Combine(folder.Root, $"home.{Guid.NewGuid():n}"), OwnerOnly).FullName;
        if (user.Id is { } id && ChangeOwner(draft, id, id) != 0) throw new IOException($"The home of an agent cannot be given to user {id}: {Marshal.GetLastPInvokeErrorMessage()}. Set Sessions:UserId to one this machine knows.");
        Directory.Move(draft, folder.Home);
        return folder;
    }

    /// <summary>Puts a text there for the agent to read.</summary>
    public string Give(string name, string text)
    {
        var path = Path.Combine(Given, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return path;
    }

    // Whatever mask this process has.
    private static void Make(string path, UnixFileMode mode)
    {
        Directory.CreateDirectory(path, mode);
        File.SetUnixFileMode(path, mode);
    }

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, int user, int group);
}
