using System.Text;

namespace ControlChat.Core.Hub;

internal static class StoredText
{
    /// <summary>
    /// A text as PostgreSQL can hold it: a NUL or half a character is the replacement character. SQLite keeps the one and replaces the
    /// other, so a text is compared with a stored one in this form.
    /// </summary>
    public static string Of(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') >= 0) text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        return text.Replace('\0', '\ufffd');
    }
}
