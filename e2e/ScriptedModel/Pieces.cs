namespace ControlChat.ScriptedModel;

internal static class Pieces
{
    /// <summary>The <paramref name="index"/>th of <paramref name="count"/> pieces of a text, cut anywhere.</summary>
    public static string Of(string text, int index, int count)
    {
        var from = text.Length * index / count;
        return text[from..(text.Length * (index + 1) / count)];
    }
}
