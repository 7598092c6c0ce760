namespace ControlChat.Core.Gate;

/// <summary>
/// The ids that a plan gives to what it will make. A later step names such a thing by its id; what else is made is named by a text,
/// such as a file by its path, which may stand in another step's arguments and mean something else.
/// </summary>
internal static class MintedIds
{
    /// <summary>In the order of the effects.</summary>
    public static IEnumerable<string> Of(IEnumerable<Effect> effects) =>
        effects.Where(e => e.Op == "create").Select(e => e.Resource.Split('/', 2)).Where(r => r is ["workspace" or "invitation" or "session", _]).Select(r => r[1]);
}
