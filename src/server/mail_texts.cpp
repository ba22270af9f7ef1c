#include "server/mail_texts.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "server/languages.h"

namespace nozama {
namespace {

constexpr std::array kTexts = {
    MailTexts{.language = "en",
              .verify_subject = "Confirm your e-mail address",
              .verify_text = "Somebody, probably you, made an account with this address at {0}. Confirm that the address is yours, within 24 hours:\n\n"
                             "{0}/account/verify#{1}\n\nIf it was not you, do nothing.\n",
              .known_subject = "You have an account already",
              .known_text = "Somebody, probably you, wanted to make an account with this address at {0}, but it has one. Sign in there; a forgotten "
                            "password can be replaced:\n\n{0}/account/reset\n\nIf it was not you, do nothing.\n",
              .reset_subject = "A new password",
              .reset_text = "Somebody, probably you, asked for a new password at {0}. Choose one, within an hour:\n\n{0}/account/reset#{1}\n\n"
                            "If it was not you, do nothing: your password stays as it is.\n",
              .order_subject = "Your order {0}",
              .order_thanks = "Thank you for your order {0}. The shop will contact you about payment and delivery.",
              .order_total = "Total: {0}",
              .order_status = "How it is going: {0}",
              .order_mistake = "If you did not order this, somebody has given your address by mistake: answer this mail and the shop will cancel it."},
    MailTexts{
        .language = "de",
        .verify_subject = "Bestätigen Sie Ihre E-Mail-Adresse",
        .verify_text = "Jemand, wahrscheinlich Sie, hat bei {0} mit dieser Adresse ein Konto angelegt. Bestätigen Sie innerhalb von 24 Stunden, dass die "
                       "Adresse Ihre ist:\n\n{0}/account/verify#{1}\n\nWaren Sie es nicht, tun Sie nichts.\n",
        .known_subject = "Sie haben schon ein Konto",
        .known_text = "Jemand, wahrscheinlich Sie, wollte bei {0} mit dieser Adresse ein Konto anlegen, aber sie hat schon eines. Melden Sie sich dort an; "
                      "ein vergessenes Passwort lässt sich ersetzen:\n\n{0}/account/reset\n\nWaren Sie es nicht, tun Sie nichts.\n",
        .reset_subject = "Ein neues Passwort",
        .reset_text = "Jemand, wahrscheinlich Sie, hat bei {0} ein neues Passwort verlangt. Wählen Sie es innerhalb einer Stunde:\n\n{0}/account/reset#{1}\n\n"
                      "Waren Sie es nicht, tun Sie nichts: Ihr Passwort bleibt, wie es ist.\n",
        .order_subject = "Ihre Bestellung {0}",
        .order_thanks = "Danke für Ihre Bestellung {0}. Der Shop meldet sich bei Ihnen wegen Zahlung und Lieferung.",
        .order_total = "Summe: {0}",
        .order_status = "Wie es steht: {0}",
        .order_mistake =
            "Haben Sie das nicht bestellt, hat jemand aus Versehen Ihre Adresse angegeben: Antworten Sie auf diese Mail, und der Shop storniert es."},
    MailTexts{
        .language = "fr",
        .verify_subject = "Confirmez votre adresse e-mail",
        .verify_text = "Quelqu’un, sans doute vous, a créé un compte avec cette adresse sur {0}. Confirmez dans les 24 heures que cette adresse est la vôtre "
                       ":\n\n{0}/account/verify#{1}\n\nSi ce n’était pas vous, ne faites rien.\n",
        .known_subject = "Vous avez déjà un compte",
        .known_text = "Quelqu’un, sans doute vous, a voulu créer un compte avec cette adresse sur {0}, mais elle en a déjà un. Connectez-vous ; un mot de "
                      "passe oublié peut être remplacé :\n\n{0}/account/reset\n\nSi ce n’était pas vous, ne faites rien.\n",
        .reset_subject = "Un nouveau mot de passe",
        .reset_text = "Quelqu’un, sans doute vous, a demandé un nouveau mot de passe sur {0}. Choisissez-le dans l’heure :\n\n{0}/account/reset#{1}\n\n"
                      "Si ce n’était pas vous, ne faites rien : votre mot de passe reste le même.\n",
        .order_subject = "Votre commande {0}",
        .order_thanks = "Merci pour votre commande {0}. La boutique vous contactera pour le paiement et la livraison.",
        .order_total = "Total : {0}",
        .order_status = "Où elle en est : {0}",
        .order_mistake =
            "Si vous n’avez pas passé cette commande, quelqu’un a donné votre adresse par erreur : répondez à ce message et la boutique l’annulera."},
    MailTexts{.language = "es",
              .verify_subject = "Confirme su dirección de correo",
              .verify_text = "Alguien, probablemente usted, ha creado una cuenta con esta dirección en {0}. Confirme en 24 horas que la dirección es suya:\n\n"
                             "{0}/account/verify#{1}\n\nSi no fue usted, no haga nada.\n",
              .known_subject = "Ya tiene una cuenta",
              .known_text = "Alguien, probablemente usted, quiso crear una cuenta con esta dirección en {0}, pero ya tiene una. Inicie sesión; una contraseña "
                            "olvidada se puede cambiar:\n\n{0}/account/reset\n\nSi no fue usted, no haga nada.\n",
              .reset_subject = "Una nueva contraseña",
              .reset_text = "Alguien, probablemente usted, ha pedido una nueva contraseña en {0}. Elíjala en el plazo de una hora:\n\n{0}/account/reset#{1}\n\n"
                            "Si no fue usted, no haga nada: su contraseña sigue siendo la misma.\n",
              .order_subject = "Su pedido {0}",
              .order_thanks = "Gracias por su pedido {0}. La tienda se pondrá en contacto con usted para el pago y la entrega.",
              .order_total = "Total: {0}",
              .order_status = "Cómo va: {0}",
              .order_mistake = "Si no ha hecho este pedido, alguien ha dado su dirección por error: responda a este correo y la tienda lo cancelará."},
    MailTexts{.language = "ja",
              .verify_subject = "メールアドレスをご確認ください",
              .verify_text =
                  "{0} で、このアドレスのアカウントが作成されました。ご本人の場合は、24時間以内に次のリンクで確認してください。\n\n{0}/account/verify#{1}\n\n"
                  "心当たりがない場合は、何もする必要はありません。\n",
              .known_subject = "すでにアカウントがあります",
              .known_text =
                  "{0} で、このアドレスのアカウントを作成しようとした方がいますが、すでにアカウントがあります。サインインしてください。パスワードを忘れた場合は"
                  "再設定できます。\n\n{0}/account/reset\n\n心当たりがない場合は、何もする必要はありません。\n",
              .reset_subject = "新しいパスワード",
              .reset_text = "{0} で、新しいパスワードの設定が申し込まれました。1時間以内に次のリンクで設定してください。\n\n{0}/account/reset#{1}\n\n"
                            "心当たりがない場合は、何もする必要はありません。パスワードは変わりません。\n",
              .order_subject = "ご注文 {0}",
              .order_thanks = "ご注文 {0} をありがとうございます。お支払いと配送について、ショップからご連絡します。",
              .order_total = "合計：{0}",
              .order_status = "ご注文の状況：{0}",
              .order_mistake = "心当たりがない場合は、どなたかが誤ってこのアドレスを入力しました。このメールにご返信ください。ショップが取り消します。"}};

}  // namespace

const MailTexts& mail_texts(std::string_view wanted) {
  static const std::vector<std::string> languages = [] {
    std::vector<std::string> list;
    for (const MailTexts& texts : kTexts) list.emplace_back(texts.language);
    return list;
  }();
  const std::string language = preferred_language(languages, wanted);
  const auto* const found = std::ranges::find(kTexts, language, &MailTexts::language);
  return found == kTexts.end() ? kTexts.front() : *found;
}

}  // namespace nozama
