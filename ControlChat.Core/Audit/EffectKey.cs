using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>Where a change stands in the index: of which thing, and of which field. A thing as a whole is made and removed in the field <c>""</c>.</summary>
internal readonly record struct EffectKey(string Resource, string Field)
{
    // Names are made by the hub; what is longer than any of them is no name, and no index could hold it.
    private const int MostCharacters = 400;

    public const string Whole = "";

    /// <summary>All members of a workspace together: <c>member/{workspace}</c> beside <c>member/{workspace}:{account}</c>.</summary>
    private const string Members = "member/";

    /// <summary>One row can name many files; they have no versions, and no trail.</summary>
    private const string Files = "file/";

    public static IEnumerable<EffectKey> Of(RecordedEffect effect)
    {
        if (effect.Resource.Length > MostCharacters || effect.Field?.Length > MostCharacters || effect.Resource.StartsWith(Files, StringComparison.Ordinal)) yield break;
        yield return new EffectKey(StoredText.Of(effect.Resource), StoredText.Of(FieldOf(effect)));
        if (GroupOf(effect.Resource) is { } group) yield return new EffectKey(StoredText.Of(group), Whole);
    }

    public static string FieldOf(RecordedEffect effect) => effect.Field ?? (effect.Op is "create" or "delete" ? Whole : effect.Op);

    /// <summary>Whether an effect is one of the thing asked for, or of one of the group asked for.</summary>
    public static bool IsOf(RecordedEffect effect, string resource) => effect.Resource == resource || GroupOf(effect.Resource) == resource;

    public static bool IsGroup(string resource) => resource.StartsWith(Members, StringComparison.Ordinal) && !resource.Contains(':', StringComparison.Ordinal);

    /// <summary>The workspace that a thing hangs on; null for what hangs on none.</summary>
    public static string? HolderOf(string resource) => resource.Split('/', 2) is ["member" or "host" or "sync", var id] ? $"workspace/{id.Split(':')[0]}" : null;

    private static string? GroupOf(string resource) =>
        resource.StartsWith(Members, StringComparison.Ordinal) && resource.IndexOf(':', StringComparison.Ordinal) is > 0 and var end ? resource[..end] : null;
}
